<?php
$CONFIG['re']=match(1){ '1'=>'s', 1=>'i' };
$CONFIG['r2']=match(true){ 5>3, 2>1 =>'yes', default=>'no'};
try { match(9){1=>2}; } catch(\UnhandledMatchError $e){ $CONFIG['um']=$e->getMessage();
    }
try { match('abc'){1=>2}; } catch(\UnhandledMatchError $e){ $CONFIG['um2']=$e->getMessage();
    }
