<?php
foreach(['a'=>1,'b'=>2] as $k=>&$v){}
unset($v);
$arr=[1,2,3];
foreach($arr as &$x){ $x*=2; }
unset($x);
$CONFIG['arr']=$arr;
foreach($arr as $k=>$v): $CONFIG["k$k"]=$v;
endforeach;
foreach([[1,[2]],[3,[4]]] as [$p,[$q]]) $CONFIG['pq'][]=$p.$q;
