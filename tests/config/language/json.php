<?php
$CONFIG=[json_decode('{"a":{"b":[1,2.0,"x"]},"c":null,"e":{}}',true),json_decode('{"a":{"b":1},"e":{},"l":[]}'),
    json_decode('bad'),json_last_error(),json_last_error_msg(),json_decode('"\u00e9\ud83d\ude00"'),
    json_decode('12345678901234567890'),json_decode('1e2'),json_decode(' [1 , 2] '),
    json_last_error(),json_encode(['a'=>1.0,'b'=>[1,2],'c'=>"é/\"\n",'d'=>[]]),
    json_encode([1=>1]),json_encode("a/b",JSON_UNESCAPED_SLASHES),json_encode(['x'=>['y'=>[]]],
    JSON_PRETTY_PRINT), json_encode(new stdClass), json_decode('[1,]'), json_decode(''),
     json_last_error_msg(), json_decode('nul'), json_decode('NaN'), json_decode("'a'"),
     json_decode('{"0":1}',true), json_decode('[[1]]',true,1), json_last_error_msg(),
     json_decode('{"a":1,"a":2}',true)];
