<?php
namespace One;
function f() { return __FUNCTION__; }
$a=f();
namespace Two;
const X=1;
$CONFIG=[$a,__NAMESPACE__,X,\One\f(),namespace\X];
