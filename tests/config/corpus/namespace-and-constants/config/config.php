<?php
declare(strict_types=1);

namespace Ops\Config;

use PDO;

const DB_HOST = 'db.internal';
define('OPS_DB', 'nc');

$CONFIG = [
    'dbtype' => 'mysql',
    'dbhost' => DB_HOST,
    'dbname' => \OPS_DB,
    'dbuser' => \strtolower('NEXTCLOUD'),
    'dbpassword' => '',
    'dbdriveroptions' => [PDO::MYSQL_ATTR_SSL_CA => '/ca.pem', PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT => false],
];
