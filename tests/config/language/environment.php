<?php
$CONFIG=[getenv('NC_TEST'),getenv('NOPE'),getenv('EMPTYVAR'),$_ENV['NC_TEST'],
    $_SERVER['NC_TEST'],$_SERVER['NOPE']??'d',isset($_ENV['NOPE']),(int)getenv('NC_TEST'),
    getenv('NC_TEST')??'x',getenv('NOPE')?:'y',is_array(getenv()),PHP_OS_FAMILY,
    PHP_SAPI,php_sapi_name(),gethostname()===php_uname('n'), DIRECTORY_SEPARATOR];
