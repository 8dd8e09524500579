<?php
# a comment
$CONFIG = array (
  'dbtype' => 'mysql', // kind
  'dbhost' => "db", /* where */
  'dbname' => 'nc',
  'dbuser' => 'u',
  'dbpassword' => 'p\\a\'s"s$x{$y}',
  'overwrite.cli.url' => 'https://crlf',
);
?>

