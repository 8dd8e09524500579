<?php
$a=['x'=>1];
$b=&$a['x'];
$c=$a;
$c['x']=2;
$CONFIG['a']=$a;
function chg($p){ $p['x']=9; return $p; }
$d=['x'=>1];
$CONFIG['b']=chg($d);
$CONFIG['c']=$d;
$e=['n'=>['m'=>1]];
$f=$e;
$f['n']['m']=2;
$CONFIG['d']=[$e,$f];
foreach($e as $k=>$v){ $v['m']=5; $e[$k]['m']=6; }
$CONFIG['e']=$e;
$arr=[1,2,3];
foreach($arr as $i=>$v) { if($i==0) $arr[]=4; }
$CONFIG['arr']=$arr;
