<?php
$CONFIG = [
  'dbtype' => 'sqlite3',
  'datadirectory' => '/data',
  'overwrite.cli.url' => 'https://lazy.example.com',
  'theme' => some_function_of_an_extension('x'),
  'mail_smtppassword' => shell_exec('pass show mail'),
];
if (apcu_enabled()) {
  $CONFIG['memcache.local'] = '\OC\Memcache\APCu';
}
