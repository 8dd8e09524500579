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
  'dbhost' => '127.0.0.1:3307',
  'dbport' => '',
  'dbtableprefix' => 'oc_',
  'mysql.utf8mb4' => true,
  'dbuser' => 'oc_admin',
  'dbpassword' => 'my-password',
  'version' => '31.0.4.1',
  'overwrite.cli.url' => 'https://cloud.example.com',
  'installed' => true,
);
