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
  'redis' => array('host' => 'tls://redis.example.com', 'port' => 6380, 'user' => 'nextcloud', 'password' => 'secret', 'ssl_context' => ['local_cert' => '/c.pem', 'local_pk' => '/k.pem', 'cafile' => '/ca.pem', 'verify_peer_name' => false]),
  'version' => '31.0.4.1',
  'overwrite.cli.url' => 'https://cloud.example.com',
  'installed' => true,
);
