<?php
$o=new stdClass;
$CONFIG=[!$o instanceof stdClass, $o instanceof \stdClass, !true||true, !(true||true),
     true&&!false, 1==1&&2==2, 1|2&4, 5&3==3, true and false or true];
