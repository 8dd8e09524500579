<?php
$CONFIG = array(
  'apps_paths' => array(
    array('path' => OC::$SERVERROOT.'/apps', 'url' => '/apps', 'writable' => false),
    array('path' => OC::$SERVERROOT.'/custom_apps', 'url' => '/custom_apps', 'writable' => true),
  ),
);
