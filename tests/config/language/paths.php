<?php
$CONFIG=[dirname('/a/b/c'),dirname('/a'),dirname('a'),dirname('/a/b/c',2),dirname(''),
    dirname('/'),dirname('a/b/'),basename('/a/b.php'),basename('/a/b.php','.php'),
    basename('/a/'),pathinfo('/a/b.tar.gz'),pathinfo('/x/y',PATHINFO_EXTENSION),
    realpath('/tmp/../tmp'),realpath('/nope'),file_exists('/etc/passwd'),is_dir('/tmp'),
    is_file('/tmp'),file_get_contents('/nope'),basename(__FILE__)!='',__LINE__,
    dirname(__DIR__)==\OC::$SERVERROOT, file('/etc/hostname',FILE_IGNORE_NEW_LINES)];
