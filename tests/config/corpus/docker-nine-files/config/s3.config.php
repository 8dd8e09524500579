<?php
$bucket = getenv('OBJECTSTORE_S3_BUCKET');
if (!$bucket) return;
$switch = fn($name, $default) => getenv($name) === false ? $default : strtolower(getenv($name)) !== 'false';
$CONFIG = array('objectstore' => array(
  'class' => '\OC\Files\ObjectStore\S3',
  'arguments' => array(
    'bucket' => $bucket,
    'port' => getenv('OBJECTSTORE_S3_PORT') ?: '',
    'autocreate' => $switch('OBJECTSTORE_S3_AUTOCREATE', true),
    'use_ssl' => $switch('OBJECTSTORE_S3_SSL', true),
    'use_path_style' => $switch('OBJECTSTORE_S3_USEPATH_STYLE', false),
    'key' => getenv('OBJECTSTORE_S3_KEY') ?: '',
  ),
));
