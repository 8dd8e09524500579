<?php return ['dbtype' => 'mysql', 'dbhost' => 'base', 'dbname' => 'nc', 'dbuser' => 'u'];
