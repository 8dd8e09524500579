<?php
$CONFIG=[intval('-0x1f',16),intval('0b11',0),intval('0o17',0),intval('z',36),
    intval('12',5),intval('99999999999999999999'),intval(12.9),intval('  12'),
    intval('abc'),gettype([]),gettype(1),gettype('s'),gettype(true),gettype(new stdClass),
    get_debug_type(1.5),get_debug_type(null),get_class(new LogicException),strval(1.0),
    is_scalar(1),is_iterable([]),is_countable([]),is_object(new stdClass),is_float(1.0),
    is_integer(1),is_double(1.5),is_bool(0),is_callable(fn()=>1),
    is_callable(5),var_export(['a'=>['b'=>null],1=>-1.5,2=>"q'\\"],true),var_export(false,
    true),is_nan(NAN),is_finite(1),is_infinite(INF),fmod(1,0)===NAN,sqrt(16),
    pi(),pow(2,3),pow('2',0.5),base_convert('ff',16,2),dechex(-1),decoct(8),octdec('8'),
    hexdec('xyz1f'),abs('-5.5'),abs(PHP_INT_MIN),round(1234.5678,-2),round(5),
    round(-1.5),round('3.7'),floor('2.7'),ceil(-0.5),intdiv(-7,2),max('10',9),
    max('a',[]),min('a',0),min(1,'0.5'),max(true,2),max([1,2],[1,3]),min([],0)];
$CONFIG[]=[(int)"99999999999999999999.5", (int)"-1e20", "1e20" | 0, (int)"1e1000", (int)"12.9"];
