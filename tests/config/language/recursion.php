<?php
function deep($n){ return $n<=0?0:1+deep($n-1); }
$CONFIG['d']=deep(15);
function fact(int $n): int { if ($n<2) return 1; return $n*fact($n-1); }
$CONFIG['f']=fact(10);
$fib=function($n) use(&$fib){ return $n<2?$n:$fib($n-1)+$fib($n-2); };
$CONFIG['fib']=$fib(8);
