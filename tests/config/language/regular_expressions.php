<?php
$CONFIG=[preg_match('/^https?:\/\/([^\/:]+)(?::(\d+))?/i','HTTPS://cloud.example.com:8443/x',
    $m),$m,preg_match('#^(?<user>\w+)@(?<host>[\w.]+)$#','a@b.c',$n),$n,preg_match('/x/',
    'abc',$o),$o,preg_split('/[\s,]+/',"a, b  c,d"),preg_split('/,/',',a,,b',
    -1,PREG_SPLIT_NO_EMPTY),preg_replace('/\s+/',' ',"a \n b\tc"),preg_replace('~^(\w+)\.(\w+)$~',
    '$2-${1}x\1$9','ab.cd'),preg_replace('/a/','b','aaa',2),preg_replace_callback('/\d+/',
    fn($m)=>$m[0]*2,'a1b22'),preg_quote('a.b*c/d','/'),preg_quote('[x]#'),preg_match('/ä+/u',
    'xääy',$u),$u,preg_match('{^a(b)?(c)?$}','ab',$p),$p,preg_replace('/(?<=a)b/u',
    'é','äab'),preg_match('/^\d{1,3}(\.\d{1,3}){3}$/','1.2.3.4'),preg_match('/^\w+$/u',
    'äö'),preg_match('/^\w+$/','äö'),preg_match(' /A B/xi ','ab'),preg_match('/a/D',
    'b'),preg_match('/^(?:redis|tls):\/\//','tls://x'),preg_match("/^b.d$/ms",
    "a\nb\nd"),preg_match('(^x{2,}$)','xxx'),preg_replace_callback('/b/',fn($m)=>'x',
    'abb',1),preg_match('/(a)|(b)/','b',$alt),$alt];
