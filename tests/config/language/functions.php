<?php
function f(int $a, ?string $b=null, string ...$rest): string { static $n=0; $n++;
    return "$a-$b-".implode(',',$rest)."-$n"; }
$CONFIG['a']=f('5');
$CONFIG['b']=f(1,'x','y','z');
$CONFIG['c']=f(a:3,b:'q');
$g=fn($x)=>$x.$CONFIG['a'];
$CONFIG['d']=$g('!');
$h=function() use(&$CONFIG){ $CONFIG['e']='ref'; };
$h();
$CONFIG['f']=(function(){return func_get_args();})(1,2);
