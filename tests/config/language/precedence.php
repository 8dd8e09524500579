<?php
$CONFIG=[1&&0,1||0,1 and 0,!1,true xor true,6&3,6|3,6^3,~5,1<<3,-8>>1,'a'.'b'.'c',
    "5"*"4",'1.5'+1,10%3,-10%3,fmod(10,3),7<=>7,1+1 .'x',-2**2,!empty('x'),(bool)'0',
    (string)false,(array)'a',(object)['a'=>1],(int)1e19,(float)'1e3', 'ab'^'  ',
     5 <=> '5', 1.5%1 ];
