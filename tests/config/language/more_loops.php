<?php
do { $i=($i??0)+1; if($i==2) continue; if($i>3) break; $CONFIG['do'][]=$i; } while(true);
foreach([1,2,3] as $x){ foreach([1,2] as $y){ if($x==2) continue 2; if($x==3) break 2;
    $CONFIG['n'][]="$x$y"; } }
foreach((object)['p'=>1] as $k=>$v) $CONFIG['obj'][$k]=$v;
foreach([] as $z){}
$CONFIG['z']=isset($z);
$i=0;
while(true){ switch($i++){ case 0: continue 2; case 3: break 2; default: $CONFIG['sw'][]=$i;
    } }
for(;;): break;
endfor;
foreach(['a'=>['b'=>1]] as $k=>['b'=>$bb]) $CONFIG['kb']="$k$bb";
$arr=['x'=>1,'y'=>2];
foreach($arr as $k=>&$v) { if($k=='x') $arr['z']=3; $v++; }
unset($v);
$CONFIG['live']=$arr;
foreach($arr as $k=>$CONFIG['last']);
switch('x'){ }
switch(5){ default: case 1: $CONFIG['d']='d'; }
if(false);
elseif(true);
else;
hoisted();
function hoisted(){}
$o=new stdClass;
foreach([3] as $o->prop){}
$CONFIG['prop']=$o->prop ;
