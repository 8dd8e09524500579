<?php
$CONFIG = ['dbtype' => 'pgsql', 'dbuser' => 'u', 'dbname' => 'n'];
$set = function (string $key, mixed $value) use (&$CONFIG): void {
    $node = &$CONFIG;
    foreach (explode('/', $key) as $part) {
        $node = &$node[$part];
    }
    $node = $value;
};
$set('dbhost', 'by-reference');
$set('redis/host', 'r');
$set('redis/port', 6381);
$set('redis/ssl_context/verify_peer', false);
