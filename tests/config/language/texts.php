<?php
$CONFIG=[trim("  x\n"),rtrim('a/','/'),ltrim('0012','0'),trim('abcxa','a..c'),
    explode(',','a,b,,c'),explode(',','a,b,c',2),explode(',','a,b,c',-1),implode('-',
    [1,2.5,true,null]),str_replace(['a','b'],['b','c'],'ab'),str_replace('a',
    '',['xa','k'=>'a']),strtoupper('äx'),ucfirst('abc'),ucwords('hello world'),
    substr('hello',1,3),substr('hello',-3,2),substr('abc',5),strpos('abc','c'),
    strpos('abc','x'),strrpos('abcabc','b'),str_pad('5',3,'0',STR_PAD_LEFT),str_repeat('ab',
    3),strrev('abc'),strlen('äö'),ucfirst(''),strstr('user@host','@'),strstr('user@host',
    '@',true),substr_count('aaa','a'),str_split('abcde',2)];
