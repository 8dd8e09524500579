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
  'dbtype' => 'pgsql',
  'dbname' => 2024,
  'dbhost' => 'db',
  'dbport' => '5433',
  'dbuser' => 'oc_admin',
  'dbpassword' => 123456,
  'redis' => ['host' => 'redis', 'port' => '6380', 'dbindex' => '3', 'timeout' => '1.5'],
  'version' => '31.0.4.1',
  'overwrite.cli.url' => 'https://cloud.example.com',
  'installed' => true,
);
