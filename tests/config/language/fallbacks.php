<?php
$CONFIG=[@$u['a']??'dflt', @file_get_contents('/nope')?:'x', trim(@file_get_contents('/nope')),
     (string)@$zz, (bool)getenv('NC_TEST') ? 'y':'n', 'a' . (true ? 'b' : 'c') . 'd'];
