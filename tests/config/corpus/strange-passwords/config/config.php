<?php
$CONFIG = ['dbtype' => 'pgsql', 'dbhost' => 'h', 'dbname' => 'n', 'dbuser' => 'ü ser',
'dbpassword' => '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ äöü € 😀'];
