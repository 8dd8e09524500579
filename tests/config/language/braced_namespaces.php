<?php
namespace A { function f() { return __FUNCTION__ . '|' . __NAMESPACE__; } const C = 5;
    $x = [f(), \A\f(), namespace\f(), C, \A\C, namespace\C, \strlen('a')]; }
namespace B { use function A\f as g; use const A\C as D; use A\{Sub, Other as O};
    use \Exception as E; $CONFIG = [$x, g(), D, Sub::class, O::class, O\Deep::class,
     \A\f()]; try { throw new E('x'); } catch (\Throwable $e) { $CONFIG[] = get_class($e);
    } $CONFIG[] = defined('\A\C'); $CONFIG[] = \function_exists('A\f'); $CONFIG[] = __LINE__;
    }
