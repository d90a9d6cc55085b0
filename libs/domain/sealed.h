#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/aead.h"
#include "domain/sealed_sql.h"
#include "domain/tx.h"
#include "domain/value.h"

/// Personal data in the database: names, phones and whatever else the contract marks as `personal`.
///
/// Each stands in a column whose name begins with `sealed_` and which takes nothing but `Sealed`: a text encrypted with
/// a key of the person whose it is, and bound to its table, column and row, so that it can neither be read nor be
/// moved. The keys of persons stand in the table `person_keys`, encrypted in their turn with a key that stands in no
/// database (key_ring.h). So whoever has the database, or a backup of it, has nothing; to forget a person is to delete
/// one row, wherever their data stand; and to exchange the key outside is to encrypt the keys of persons anew, not the
/// data.
///
///     constexpr SealedColumn kPhone{"complainants", "sealed_phone"};
///
///     const Person person = Person::of(tx, person_id);
///     tx.run("INSERT INTO complainants (case_id, sealed_phone) VALUES ($1, $2)", case_id,
///            person.seal(tx, kPhone, case_id, phone));
///
/// A statement that puts anything else into such a column does not compile; one that is put together at run time is
/// refused before it runs. Nothing that is sealed can be searched in or sorted by. Rows are found by whole values only
/// (`Lookup`).
namespace wenming::domain {

/// A column of personal data.
struct SealedColumn {
  consteval SealedColumn(std::string_view table_name, std::string_view column_name)
      : table(table_name), name(column_name) {
    if (!name.starts_with(kSealedPrefix)) throw "the name of a column of personal data begins with sealed_";
  }
  std::string_view table, name;
};

/// What a column of personal data holds. Made by `Person::seal` only; empty, it is stored as NULL.
class Sealed {
 public:
  /// Whether the bytes have the form of something sealed.
  static bool is_form_of(std::string_view bytes);

 private:
  explicit Sealed(std::string bytes) : bytes_(std::move(bytes)) {}
  friend class Person;
  friend Value to_value(const Sealed& sealed);

  std::string bytes_;
};
inline Value to_value(const Sealed& sealed) {
  return sealed.bytes_.empty() ? Value(std::monostate{}) : Value(Blob{sealed.bytes_});
}

/// A person whose key is at hand, for the time of one transaction. The id is a UUID of the domain's choosing: that of
/// the row that stands for the person.
class Person {
 public:
  /// The key is made where the person has none yet.
  static Person of(Tx& tx, std::string_view id);

  [[nodiscard]] const std::string& id() const { return id_; }
  /// An empty text is nothing to seal.
  [[nodiscard]] Sealed seal(Tx& tx, const SealedColumn& column, std::string_view row_id, std::string_view text) const;

 private:
  Person(std::string_view id, core::SecretBytes key) : id_(id), key_(std::move(key)) {}

  std::string id_;
  core::SecretBytes key_;
};

/// Opens what is sealed, with the keys of the persons it belongs to, for the time of one transaction. Where rows of
/// many are to be opened, `fetch` asks for all their keys at once. It keeps no more than kMostKeys, or those of the
/// last `fetch`.
class Opener {
 public:
  static constexpr std::size_t kMostKeys = 1024;

  explicit Opener(ReadTx& tx) : tx_(tx) {}

  /// Gets the keys of those to whom these cells belong.
  void fetch(std::span<const std::string> sealed);
  /// What was sealed there, from the cell as it is read (`Row::blob`). Empty for an empty one, and for that of a person
  /// who was erased. Throws std::runtime_error for what was not sealed there.
  [[nodiscard]] std::string open(const SealedColumn& column, std::string_view row_id, std::string_view sealed);

 private:
  ReadTx& tx_;
  std::map<std::string, std::optional<core::SecretBytes>, std::less<>> keys_;  // by person; absent: erased
};

/// A field of a message that is filled from a column of personal data: `SELECT id, sealed_phone AS phone FROM …`.
struct SealedField {
  SealedColumn column;
  std::string_view field;
  std::string_view row_id = "id";  // the field that holds the id of the row
};
/// Opens these fields of messages which were just filled. Those of persons who were erased become empty, or absent
/// where they may be.
void unseal(ReadTx& tx, google::protobuf::Message& message, std::span<const SealedField> fields);
void unseal(ReadTx& tx, std::span<google::protobuf::Message* const> messages, std::span<const SealedField> fields);

/// What stands beside a sealed cell, so that its row is found by the whole value: a keyed hash, for a column of bytes
/// with an index. Equal values have equal ones in that column, and nowhere else.
class Lookup {
 public:
  /// Of a value that was brought into one form before; an empty one has none, and is stored as NULL.
  static Lookup of(ReadTx& tx, const SealedColumn& column, std::string_view value);

 private:
  explicit Lookup(std::string bytes) : bytes_(std::move(bytes)) {}
  friend Value to_value(const Lookup& lookup);

  std::string bytes_;
};
inline Value to_value(const Lookup& lookup) {
  return lookup.bytes_.empty() ? Value(std::monostate{}) : Value(Blob{lookup.bytes_});
}

/// Throws std::logic_error for a statement that would put anything but what has the form of `Sealed` into a column of
/// personal data. For transactions, which ask it of every statement that writes: texts that were put together at run
/// time are judged by nobody else.
void require_sealed(std::string_view sql, std::span<const Value> values);

/// Drops the person's key: whatever was sealed for them is lost, here and in every copy of the database that is made
/// from now on. False where they had none.
bool erase_person(Tx& tx, std::string_view id);

}  // namespace wenming::domain
