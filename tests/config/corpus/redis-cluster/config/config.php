<?php
$CONFIG = array (
  'instanceid' => 'ocwebinstall',
  'passwordsalt' => 'made-up-salt',
  'secret' => 'made-up-secret',
  'trusted_domains' => 
  array (
    0 => 'cloud.example.com',
  ),
  'datadirectory' => '/var/www/nextcloud/data',
  'dbtype' => 'sqlite3',
  'redis.cluster' => [
    'seeds' => ['tls://n1:7000', 'tls://n2:7001', '[::1]:7002'],
    'timeout' => 0.5,
    'read_timeout' => 0.0,
    'failover_mode' => \RedisCluster::FAILOVER_ERROR,
    'user' => 'u',
    'password' => 'p',
    'ssl_context' => ['cafile' => '/ca.pem'],
  ],
  'redis' => ['host' => 'not-this-one'],
  'version' => '31.0.4.1',
  'overwrite.cli.url' => 'https://cloud.example.com',
  'installed' => true,
);
