<?php
$s='abc';
$CONFIG=[$s[0],$s[-1],$s[5]??'none',isset($s[1]),isset($s['x']),isset($s['1']),
    'x'.@$s[9].'y', "abc"[1], [1,2,3][1], (fn()=>[7])()[0]];
