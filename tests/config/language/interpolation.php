<?php
$CONFIG['x'] = "a${_ENV['NC_TEST']}b";
$CONFIG['y']="{$_SERVER['NC_TEST']} $_ENV[NC_TEST]";
