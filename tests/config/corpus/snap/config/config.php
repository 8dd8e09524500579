<?php
$snap = getenv('SNAP_NAME');
$data = getenv('SNAP_DATA');
$CONFIG = array(
'apps_paths' => array(
	array('path' => '/snap/' . $snap . '/current/htdocs/apps', 'url' => '/apps', 'writable' => false),
	array('path' => $data . '/nextcloud/extra-apps', 'url' => '/extra-apps', 'writable' => true),
),
'redis' => array('host' => '/tmp/sockets/redis.sock', 'port' => 0),
'logfile' => $data.'/logs/nextcloud.log',
'dbtype' => 'mysql',
'dbhost' => 'localhost:/tmp/sockets/mysql.sock',
'dbname' => 'nextcloud', 'dbuser' => 'nextcloud', 'dbpassword' => 'snappy',
'overwrite.cli.url' => 'http://localhost',
);
