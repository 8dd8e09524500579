<?php
$env = getenv('APP_ENV') ?: 'production';
switch ($env) {
    case 'staging':
        $db = ['host' => 'staging-db', 'port' => 5433];
        break;
    case 'production':
    default:
        $db = ['host' => 'prod-db'];
}
['host' => $host] = $db;
$CONFIG = ['dbtype' => 'pgsql', 'dbhost' => $host . (isset($db['port']) ? ":{$db['port']}" : ''), 'dbuser' => 'u'];
$CONFIG += ['dbname' => 'nc', 'dbuser' => 'ignored'];
$CONFIG['overwrite.cli.url'] = match (true) {
    $env === 'staging' => 'https://staging.example.com',
    default => 'https://example.com',
};
foreach (['host' => 'redis', 'port' => '6379'] as $key => $value) {
    $CONFIG['redis'][$key] = getenv('REDIS_' . strtoupper($key)) ?: $value;
}
