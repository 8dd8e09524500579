<?php
foreach([fn()=>explode('', 'a'),fn()=>array_combine([1],[]),fn()=>array_fill(0,
    -1,0),fn()=>array_chunk([],0),fn()=>max([]),fn()=>max(1),fn()=>str_repeat('a',
    -1),fn()=>str_split('a',0),fn()=>substr_count('a',''),fn()=>str_pad('a',5,
    ''),fn()=>count(5),fn()=>implode('x'),fn()=>strpos('a','a',5),fn()=>hash('nope',
    'x'),fn()=>version_compare('1','2','~'),fn()=>base_convert('1',
    1,2),fn()=>intdiv(PHP_INT_MIN,-1),fn()=>sprintf('%z',1),fn()=>sprintf('%d'),
    fn()=>sprintf('%0$s',1),fn()=>1%0,fn()=>1<<-1,fn()=>[]>>1,fn()=>~[],fn()=>-[],
    fn()=>'a'*1,fn()=>(object)[]+1,fn()=>strlen(...[1,2]),fn()=>trim(nope:1),
    fn()=>(string)new stdClass,fn()=>'x'['y'],fn()=>[...(getenv("NC_TEST"))],
    fn()=>clone (5),fn()=>throw new LogicException('thrown'),fn()=>(null)->foo(),
    fn()=>(function(int $x){})('a'),fn()=>(function():int{return 'x';})(),fn()=>array_key_exists([],
    []),fn()=>trim(new stdClass),fn()=>array_merge(1),fn()=>json_decode('{',false,
    512,JSON_THROW_ON_ERROR),fn()=>json_encode("\xff",JSON_THROW_ON_ERROR),fn()=>settype($q,
    'nope'),fn()=>putenv('=x'),fn()=>strtr('a','b'),fn()=>range(1,2,0),fn()=>array_push($nul,
    1),fn()=>sort($nul),fn()=>$undef->x->y,fn()=>range(1,2,5)] as $i=>$f) { try { $CONFIG["r$i"]=var_export($f(),
    true); } catch (\Throwable $e) { $CONFIG["e$i"]=get_class($e).': '.without_place($e);
    } }
function without_place($e) { return explode(', called in',$e->getMessage())[0];
    }
