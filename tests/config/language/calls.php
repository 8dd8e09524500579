<?php
$CONFIG['x']=['a'=>1,...['b'=>2,3],...[4]];
$f=strtoupper(...);
$CONFIG['y']=$f('q');
$CONFIG['z']=call_user_func('trim',' a ');
$CONFIG['w']=call_user_func_array('str_replace',['a','b','aa']);
$fn='strlen';
$CONFIG['v']=$fn('four');
function &r(&$a){$a++; return $a;}
$t=1;
r($t);
$CONFIG['t']=$t;
$name='dyn';
$$name='val';
$CONFIG['dyn']=$dyn.${'dyn'};
static $st=4;
$CONFIG['st']=$st;
$CONFIG['nul']=$nope?->x;
