<?php
try { throw new \InvalidArgumentException('bad', 5); } catch (\RuntimeException $e) { $CONFIG['a']=1;
    } catch (\LogicException | \TypeError $e) { $CONFIG['a']=get_class($e).$e->getMessage().$e->getCode();
    } finally { $CONFIG['b']='fin'; }
try { intdiv(1,0); } catch (\DivisionByZeroError $e) { $CONFIG['c']=$e->getMessage();
    }
try { $x = [] + 1; } catch (\TypeError $e) { $CONFIG['d']=$e->getMessage(); }
try { strlen([]); } catch (\TypeError $e) { $CONFIG['e']=$e->getMessage(); }
try { trim(); } catch (\ArgumentCountError $e) { $CONFIG['f']=$e->getMessage();
    }
