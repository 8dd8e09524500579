<?php
$o=(object)['p'=>null];
$CONFIG=[array_replace(['a'=>1,2],['a'=>3,4,5]),array_key_exists('k',['k'=>null]),
    array_column([['a'=>1],['b'=>2]],'a'),str_contains('abc','b'),str_ends_with('abc',
    'bc'),strnatcasecmp('IMG12','img10'),strnatcmp('a01','a1'),strrchr('abc',
    'x'),stristr('abc','x'),base64_decode('abcde'),base64_decode('YQ'),is_numeric(1),
    is_numeric(1.5),is_numeric(true),get_object_vars((object)['x'=>1]),printf('%s',
    ''),sprintf('%d items %e %f',3,NAN,INF),version_compare('1.0','1.0.0.0'),
    version_compare('1.0','1.0'),array_search(2,[1,2,3]),max([1,'a'=>5]),'ab'|'  c',
    'abc'|'x',"5"&3,defined('E_ALL'),constant('M_PI')];
$n=[];
$CONFIG[]=array_pop($n);
$CONFIG[]=array_shift($n);
define('TWICE',1);
$CONFIG[]=@define('TWICE',2);
const TWICE2=[1,2];
$CONFIG[]=TWICE2[1];
$s=['b'=>1,'a'=>2,'C'=>3];
uksort($s,'strcmp');
$CONFIG[]=$s;
ksort($s,SORT_FLAG_CASE|SORT_STRING);
$CONFIG[]=$s;
$t=['10','9','1e1',8];
sort($t,SORT_STRING);
$CONFIG[]=$t;
sort($t,SORT_NUMERIC);
$CONFIG[]=$t;
rsort($t,SORT_NUMERIC);
$CONFIG[]=$t;
asort($t);
$CONFIG[]=$t;
extract(['x y'=>1,'ok'=>2,5=>3]);
$ok2=1;
extract(['ok2'=>9],EXTR_SKIP);
$CONFIG[]=[$ok,$ok2];
$CONFIG[]=compact('ok',['ok2']);
