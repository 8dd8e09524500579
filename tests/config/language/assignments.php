<?php
$a = true and false;
$CONFIG['a']=$a;
$b = false or true;
$CONFIG['b']=$b;
$CONFIG['c'] = $x = 5;
if ($y = getenv('NC_TEST')) $CONFIG['y']=$y;
$CONFIG['d'] = !$z = 0;
true && $w = 5;
$CONFIG['w']=$w;
$CONFIG['n'] = null ?? $u ?? 'end';
$v ??= $m ??= 3;
$CONFIG['v']=$v;
