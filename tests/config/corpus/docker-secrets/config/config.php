<?php
$secret = function (string $name, $default = null) {
    $file = getenv($name . '_FILE');
    if ($file !== false && is_readable($file)) {
        return rtrim(file_get_contents($file), "\r\n");
    }
    $value = getenv($name);
    return $value === false ? $default : $value;
};
$CONFIG = [
    'dbtype' => 'mysql',
    'dbhost' => $secret('MYSQL_HOST', 'db'),
    'dbname' => $secret('MYSQL_DATABASE', 'nextcloud'),
    'dbuser' => $secret('MYSQL_USER'),
    'dbpassword' => $secret('MYSQL_PASSWORD'),
    'overwrite.cli.url' => 'https://' . explode(',', $secret('NEXTCLOUD_TRUSTED_DOMAINS'))[0],
];
