<?php
$a=1;
$f=function() { global $a; return $a; };
$CONFIG['g']=$f();
$h=fn()=>$a++;
$h();
$CONFIG['a']=$a;
function statics(){ static $c=[]; $c[]=count($c); return $c; }
statics();
$CONFIG['s']=statics();
$m=fn(int ...$n)=>array_sum($n);
$CONFIG['m']=$m(1,2,3);
$CONFIG['n']=$m(...[4,5]);
$r=&$CONFIG['ref'];
$r='set';
