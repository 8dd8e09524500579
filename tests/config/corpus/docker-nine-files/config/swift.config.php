<?php
if (getenv('OBJECTSTORE_SWIFT_URL')) {
  $CONFIG = array('objectstore' => array('class' => 'OC\\Files\\ObjectStore\\Swift'));
}
