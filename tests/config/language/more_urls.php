<?php
$CONFIG=[filter_var('1',FILTER_VALIDATE_BOOL),filter_var('off',FILTER_VALIDATE_BOOL),
    filter_var('x',FILTER_VALIDATE_INT),filter_var(' 7 ',FILTER_VALIDATE_INT),
    filter_var('007',FILTER_VALIDATE_INT),filter_var('x',FILTER_VALIDATE_INT,
    ['options'=>['default'=>5]]),filter_var('1.5',FILTER_VALIDATE_FLOAT),filter_var('::1',
    FILTER_VALIDATE_IP,FILTER_FLAG_IPV4),filter_var('::1',FILTER_VALIDATE_IP,
    FILTER_FLAG_IPV6),filter_var('x y',FILTER_VALIDATE_URL),filter_var('ftp://h',
    FILTER_VALIDATE_URL),filter_var('text'),filter_var([1],FILTER_VALIDATE_INT),
    filter_var('maybe',FILTER_VALIDATE_BOOLEAN,['flags'=>FILTER_NULL_ON_FAILURE]),
    rawurldecode('a%20b+'),urldecode('a%20b+'),htmlspecialchars('<a href="x">\'&</a>'),
    http_build_query(['a'=>null,'b'=>false,'c d'=>'e f','n'=>['x'=>['y'=>1]]]),
    http_build_query([1,2],'p'),parse_url('https://h:8080',PHP_URL_PORT),parse_url('https://h',
    PHP_URL_PORT),parse_url('/p?q=1',PHP_URL_QUERY),parse_url('http://u@h/'),
    parse_url('http://h:/'),parse_url('x:y'),parse_url('file:///etc/x'),parse_url('a.b:80/x'),
    parse_url('tcp://redis:6379'),parse_url('http://h/p:80'),parse_url('?q'),
    parse_url('#f'),parse_url('http://?x'),parse_url('http://h?a=b:80')];
parse_str('a=1&b.c=x+y&d',$out);
$CONFIG['out']=$out;
