<?php
function named(int $a, $b = 2, ...$rest) { return [$a,$b,$rest,func_num_args()];
    }
$CONFIG=[named(1),named(b:5,a:1),named(1,2,3,...['x'=>4]),named(...[1,2,3]),named(...['a'=>7]),
    call_user_func('named',9),call_user_func_array('named',['a'=>1,'b'=>3]),array_map('named',
    [1]),(named(...))(4),(strlen(...))('abc')];
function &refret(array &$arr){ $arr[]=1; return $arr; }
$r=[];
refret($r);
$CONFIG['r']=$r;
$fnn=function() { static $n=0; return ++$n; };
$fnn();
$CONFIG['st']=$fnn();
function opt($x=PHP_INT_SIZE*2,$y=[1,2]) { return [$x,$y]; }
$CONFIG['opt']=opt();
$compose=fn(callable ...$f)=>fn($x)=>array_reduce($f,fn($c,$g)=>$g($c),$x);
$CONFIG['comp']=$compose('trim','strrev',fn($s)=>$s.'!')(' ab ');
function nul(): ?string { return null; }
$CONFIG['nul']=nul();
function v(): void { return; }
$CONFIG['v']=v();
function noret($x) {}
$CONFIG['no']=noret(1);
