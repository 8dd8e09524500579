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
  'dbhost' => 'db',
  'dbport' => '',
  'dbtableprefix' => 'oc_',
  'mysql.utf8mb4' => true,
  'dbuser' => 'oc_admin',
  'dbpassword' => 'my-password',
  'dbdriveroptions' => [
    \PDO::MYSQL_ATTR_SSL_KEY => '/etc/k.pem',
    \PDO::MYSQL_ATTR_SSL_CERT => '/etc/c.pem',
    \PDO::MYSQL_ATTR_SSL_CA => '/etc/ca.pem',
    \PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => true,
    \PDO::MYSQL_ATTR_INIT_COMMAND => 'SET wait_timeout = 28800',
  ],
  'version' => '31.0.4.1',
  'overwrite.cli.url' => 'https://cloud.example.com',
  'installed' => true,
);
