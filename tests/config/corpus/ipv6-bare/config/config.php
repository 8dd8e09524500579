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
  'dbtype' => 'mysql',
  'dbname' => 'nextcloud',
  'dbhost' => '2001:db8::5',
  'dbport' => '',
  'dbtableprefix' => 'oc_',
  'mysql.utf8mb4' => true,
  'dbuser' => 'oc_admin',
  'dbpassword' => 'my-password',
  'redis' => ['host' => '::1', 'port' => 6380],
  'version' => '31.0.4.1',
  'overwrite.cli.url' => 'https://cloud.example.com',
  'installed' => true,
);
