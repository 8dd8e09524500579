<?php
try { try { throw new Exception('a'); } finally { $CONFIG['f']=1; } } catch (Exception $e) { $CONFIG['m']=$e->getMessage();
    }
function tf(){ try { return 'try'; } finally { $GLOBALS['x']=1; } }
$CONFIG['tf']=tf();
function tg(){ try { throw new Exception; } catch(Exception $e) { return 'c';
    } finally { return 'f'; } }
$CONFIG['tg']=tg();
$CONFIG['prev']=(new RuntimeException('o',3,new LogicException('in')))->getPrevious()->getMessage();
try { nofn(); } catch (Error $e) {}
