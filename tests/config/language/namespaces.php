<?php
namespace My\App;
use Foo\Bar;
const A=1;
function strlen($x){return 'mine';}
define('GLOB', 7);
$CONFIG=[A, \strlen('abc'), strlen('abc'), namespace\A, __NAMESPACE__, GLOB, \PHP_EOL,
     Bar::class, \Exception::class, Foo::class, trim(' x ')];
