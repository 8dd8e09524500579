<?php
$CONFIG=[version_compare('8.2.1','8.10.0'),version_compare('1.0-rc1','1.0','<'),
    version_compare('1.0.0','1.0'),version_compare('1.0','1.0.0'),version_compare('1.0beta2',
    '1.0beta10'),version_compare('1.0pl1','1.0'),version_compare('5.2','5.2dev'),
    version_compare(PHP_VERSION,'8.0.0','>='),version_compare('1.0.x','1.0.1'),
     version_compare('30.0.1','31')];
