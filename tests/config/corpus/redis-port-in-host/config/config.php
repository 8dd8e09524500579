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
  'redis' => ['host' => 'redis.local:6390', 'port' => ''],
  'version' => '31.0.4.1',
  'overwrite.cli.url' => 'https://cloud.example.com',
  'installed' => true,
);
