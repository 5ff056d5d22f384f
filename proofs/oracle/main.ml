(* The oracle at the end of a pipe: the process protocol ordergrad-ref/1, docs/guides/protocol.md.

   Nothing here is proved. What is computed is in Oracle_core, which Coq wrote; here is what stands between it and a line
   of text: a reader of JSON, floats as the rationals that they are, sizes that must be refused, and decimals of
   40 digits. With --exact the answers are rationals in strings, and rewards may be given so. *)

module B = Z (* Zarith, for reading and printing alone *)
open Oracle_core

type json = Null | Text of string | Number of string | List of json list | Object of (string * json) list

exception Refused of string * string

let refuse name message = raise (Refused (name, message))

(* ---- reading *)

let parse (s : string) : json =
  let at = ref 0 in
  let peek () = if !at < String.length s then s.[!at] else '\000' in
  let rec blank () = if List.mem (peek ()) [ ' '; '\t'; '\r' ] then (incr at; blank ()) in
  let take c = blank (); if peek () <> c then failwith ("expected " ^ String.make 1 c); incr at in
  let text () =
    take '"';
    let b = Buffer.create 16 in
    while peek () <> '"' do
      if !at >= String.length s then failwith "a string without an end";
      if peek () = '\\' then incr at;
      Buffer.add_char b (peek ()); incr at
    done;
    incr at; Buffer.contents b in
  let rec items close item =
    blank ();
    if peek () = close then (incr at; [])
    else
      let x = item () in
      blank ();
      if peek () = ',' then (incr at; x :: items close item) else (take close; [ x ]) in
  let rec value () =
    blank ();
    match peek () with
    | '"' -> Text (text ())
    | '[' -> incr at; List (items ']' value)
    | '{' -> incr at; Object (items '}' (fun () -> blank (); let k = text () in take ':'; (k, value ())))
    | _ ->
      let from = !at in
      while String.contains "+-.0123456789eEnulltruefals" (peek ()) do incr at done;
      if !at = from then failwith "no JSON";
      let token = String.sub s from (!at - from) in
      if token = "null" then Null else Number token in
  let x = value () in
  blank (); if !at <> String.length s then failwith "something after the object"; x

(* ---- numbers: Coq's from Zarith's and back *)

let rec positive n =
  if B.equal n B.one then XH
  else let half = positive (B.shift_right n 1) in if B.is_odd n then XI half else XO half

let rec of_positive = function
  | XH -> B.one
  | XO p -> B.shift_left (of_positive p) 1
  | XI p -> B.succ (B.shift_left (of_positive p) 1)

let integer n = if B.sign n = 0 then Z0 else if B.sign n > 0 then Zpos (positive n) else Zneg (positive (B.neg n))
let of_integer = function Z0 -> B.zero | Zpos p -> of_positive p | Zneg p -> B.neg (of_positive p)
let rational n d = reduce { qnum = integer n; qden = positive d }
let rec natural n = if n = 0 then O else S (natural (n - 1))

let fraction text =
  match String.index_opt text '/' with
  | None -> rational (B.of_string text) B.one
  | Some i ->
    rational (B.of_string (String.sub text 0 i)) (B.of_string (String.sub text (i + 1) (String.length text - i - 1)))

(* A float is m 2^e with m an integer. *)
let of_float x =
  let m, e = Float.frexp x in
  let m = B.of_float (Float.ldexp m 53) and e = e - 53 in
  if e >= 0 then rational (B.shift_left m e) B.one else rational m (B.shift_left B.one (-e))

let number = function
  | Number text -> of_float (float_of_string text)
  | Text ("nan" | "inf" | "-inf") -> refuse "NonFiniteRewardError" "a number is not finite"
  | Text text -> fraction text
  | _ -> failwith "expected a number"

let exact = Array.mem "--exact" Sys.argv

(* Forty digits, rounded down: a reader of floats rounds them once. *)
let decimal x =
  let n = of_integer x.qnum and d = of_positive x.qden in
  if exact then Printf.sprintf "\"%s%s\"" (B.to_string n) (if B.equal d B.one then "" else "/" ^ B.to_string d)
  else if B.sign n = 0 then "0.0"
  else
    let size z = String.length (B.to_string (B.abs z)) in
    let shift = 40 - size n + size d in
    let ten k = B.pow (B.of_int 10) k in
    let m = if shift >= 0 then B.div (B.mul n (ten shift)) d else B.div n (B.mul d (ten (-shift))) in
    Printf.sprintf "%se%d" (B.to_string m) (-shift)

(* ---- answering *)

let field name = function
  | Object fields -> (try List.assoc name fields with Not_found -> failwith ("expected the field " ^ name))
  | _ -> failwith "expected an object"

let list = function List l -> l | _ -> failwith "expected a list"
let has name = function Object fields -> List.mem_assoc name fields | _ -> false
let count name request = match field name request with Number n -> int_of_string n | _ -> failwith ("expected " ^ name)
let one x = decimal x
let row xs = "[" ^ String.concat "," (List.map decimal xs) ^ "]"

let enough n least =
  if n < least then refuse "GroupTooSmallError" (Printf.sprintf "%d rewards, at least %d needed" n least)

let zero = qnat O
let is x y = at_most x y && at_most y x
let binary l = if not (List.for_all (fun x -> is x zero || is x (qnat (S O))) l) then
    refuse "InvalidInputError" "rewards: expected 0 and 1"

(* least N for K; the numbers of one group *)
let batch name alpha = let k = List.length alpha in match name with
  | "value" -> (k, fun l -> one (value alpha l))
  | "inclusion" -> (k, fun l -> row (inclusion alpha l))
  | "leave_one_out" -> (k + 1, fun l -> row (leave_one_out alpha l))
  | "advantage" -> (k + 1, fun l -> row (advantage alpha l))
  | "score_weights" -> (k + 1, fun l -> row (score_weights alpha l))
  | "pathwise_weights" -> (k, fun l -> row (pathwise_weights alpha l))
  | _ -> refuse "NotOffered" name

let family name k = match name with
  | "maxk.pkpo" -> (k, fun l -> row (pkpo (natural k) l))
  | "maxk.pkpo_loo" -> (k + 1, fun l -> row (pkpo_loo (natural k) l))
  | "maxk.pkpo_loo_minus_one" -> (k, fun l -> row (pkpo_loo_minus_one (natural k) l))
  | "maxk.maxpo" | "maxk.canonical" -> (k + 1, fun l -> row (canonical (natural k) l))
  | "maxk.subset_mean_baseline" -> (k, fun l -> row (subset_mean_baseline (natural k) l))
  | "maxk.pass_at_k" -> (k, fun l -> binary l; one (pass_at_k (natural k) l))
  | _ -> refuse "NotOffered" name

let mean name = match name with
  | "maxk.rloo" -> (2, fun l -> row (rloo l))
  | "maxk.dr_grpo" -> (2, fun l -> row (dr_grpo l))
  | "maxk.runner_up_gap" -> (2, fun l -> row (runner_up_gap l))
  | "maxk.maxrl" -> (2, fun l -> binary l; row (maxrl l))
  | _ -> refuse "NotOffered" name

let population name alpha l p = match name with
  | "population.value" -> one (population_value alpha l p)
  | "population.inclusion" -> row (population_inclusion alpha l p)
  | "population.advantage" -> row (population_advantage alpha l p)
  | "population.gradient" -> row (population_gradient alpha l p)
  | "population.logit_gradient" -> row (population_logit_gradient alpha l p)
  | _ -> refuse "NotOffered" name

(* Equal logits are equal probabilities; of others the exponential is irrational. *)
let softmax logits =
  let first = List.hd logits in
  if not (List.for_all (is first) logits) then refuse "NotOffered" "logits that differ";
  List.map (fun _ -> rational B.one (B.of_int (List.length logits))) logits

let distribution p =
  if not (List.for_all (at_most zero) p && is (qsum p) (qnat (S O))) then
    refuse "InvalidInputError" "probabilities: expected nonnegative numbers that sum to one";
  p

let rational_weight = function Text t -> fraction t | _ -> failwith "expected weights in strings"
let weights request = List.map rational_weight (list (field "weights" (field "objective" request)))
let groups name request = List.map (fun g -> List.map number (list g)) (list (field name request))

let answer request =
  let name = match field "function" request with Text t -> t | _ -> failwith "expected a function's name" in
  let each (least, f) =
    let groups = groups "groups" request in
    List.iter (fun l -> enough (List.length l) least) groups;
    "[" ^ String.concat "," (List.map f groups) ^ "]" in
  if name = "rank_weights.floating" then begin
    let alpha = weights request and n = count "n" request in
    enough n (List.length alpha); row (rank_weights alpha (natural n))
  end else if has "probabilities" request || has "logits" request then begin
    let alpha = weights request in
    let atoms l p = if List.length l <> List.length p then refuse "InvalidInputError" "one number for each atom";
      population name alpha l p in
    let p = if has "logits" request then List.map softmax (groups "logits" request)
      else List.map distribution (groups "probabilities" request) in
    "[" ^ String.concat "," (List.map2 atoms (groups "groups" request) p) ^ "]"
  end
  else if has "objective" request then each (batch name (weights request))
  else if has "k" request then each (family name (count "k" request))
  else each (mean name)

let functions = [ "value"; "inclusion"; "leave_one_out"; "advantage"; "score_weights"; "pathwise_weights";
  "rank_weights.floating"; "maxk.pkpo"; "maxk.pkpo_loo"; "maxk.pkpo_loo_minus_one"; "maxk.maxpo"; "maxk.canonical";
  "maxk.subset_mean_baseline"; "maxk.rloo"; "maxk.dr_grpo"; "maxk.runner_up_gap"; "maxk.maxrl"; "maxk.pass_at_k";
  "population.value"; "population.inclusion"; "population.advantage"; "population.gradient";
  "population.logit_gradient" ]

let hello = Printf.sprintf "{\"protocol\":\"ordergrad-ref/1\",\"name\":\"the oracle extracted from Coq\",\"functions\":[%s]}"
    (String.concat "," (List.map (Printf.sprintf "%S") functions))

let () =
  try
    while true do
      let request = parse (input_line stdin) in
      if has "protocols" request then print_endline hello
      else begin
        let id = count "id" request in
        match answer request with
        | result -> Printf.printf "{\"id\":%d,\"result\":%s}\n%!" id result
        | exception Refused (name, message) ->
          Printf.printf "{\"id\":%d,\"error\":{\"class\":%S,\"message\":%S}}\n%!" id name message
      end
    done
  with End_of_file -> ()
