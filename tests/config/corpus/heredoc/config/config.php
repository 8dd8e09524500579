<?php
$host = 'h';
$CONFIG['dbtype'] = 'mysql';
$CONFIG['dbhost'] = "{$host}.example.com";
$CONFIG['dbuser'] = <<<'NOW'
    us$er
    NOW;
$CONFIG['dbpassword'] = <<<EOT
  one\ttwo {$host}
    three
  EOT;
