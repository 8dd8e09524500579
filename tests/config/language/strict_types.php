<?php
declare(strict_types=1);
function g(int $x){return $x;}
try { g("5"); } catch (\TypeError $e) { $CONFIG['a']='te'; }
try { strlen(5); } catch (\TypeError $e) { $CONFIG['b']='te2'; }
$CONFIG['c']=g(5);
