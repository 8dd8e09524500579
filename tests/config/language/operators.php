<?php
$CONFIG['a']='x'. 1 . 2.5 . true . null . false;
$CONFIG['b']="1"+"2.5";
$CONFIG['c']='5 apples'+1;
$CONFIG['d']=7/2;
$CONFIG['e']=6/2;
$CONFIG['f']=2**70;
$CONFIG['g']=-7%3;
$CONFIG['h']=2**-1;
$CONFIG['i']=PHP_INT_MAX+1;
$CONFIG['j']=(int)'12abc';
$CONFIG['k']=0x1F+0b11+017+0o17+1_000;
$CONFIG['l']=.5e3;
$CONFIG['m']=9223372036854775808;
$CONFIG['n']=0xFFFFFFFFFFFFFFFF;
$CONFIG['o']=-9223372036854775808;
