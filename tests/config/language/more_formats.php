<?php
$CONFIG=[sprintf('%e',1234.5),sprintf('%.1E',0.00012),sprintf('%u',-1),sprintf('%+d %+d',
    1,-1),sprintf("%'*10s",'x'),sprintf('%2$s %1$s','a','b'),sprintf('%s %s %s',
    true,null,1.0),sprintf('%.2f',1.005),sprintf('%5.3f',-0.0005),sprintf('%10.4f|',
    M_PI),sprintf('%g %G',0.00001,1e20), sprintf('%d','12abc'), sprintf('%06.2f',
    3.14159),sprintf("%'010d",42), sprintf('%-8d|',5), sprintf('%08.3f',-3.14159),
     sprintf('%.3s','abcdef'), sprintf('%5.1f',-2.25), sprintf('%-05d|',3), sprintf('%05s',
    'ab'), sprintf('%.0f',0.5), sprintf('%f',1e15), sprintf('%.15f',0.1), sprintf('%g',
    123456.789), sprintf('%G',1.5)];
