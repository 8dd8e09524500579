<?php
$CONFIG=[sprintf('%s %s %s',true,null,1.0),sprintf('%.2f',1.005),sprintf('%5.3f',
    -0.0005),sprintf('%10.4f|',M_PI),number_format(1234567.891,2),number_format(0.5),
    number_format(1234.5678,2,',','.'),sprintf('%g %G',0.00001,1e20), sprintf('%d',
    '12abc'), vsprintf('%2$s-%1$s',['a','b']),sprintf('%06.2f',3.14159),sprintf('%s',
    1e100),sprintf('%d',1.9), sprintf("%'010d",42), sprintf('%-8d|',5), sprintf('%08.3f',
    -3.14159)];
