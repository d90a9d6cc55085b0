#include "domain/sealed.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

#include "core/encoding.h"
#include "domain/key_ring.h"
#include "domain/many.h"
#include "domain/person_keys.h"

namespace wenming::domain {
namespace {

namespace pb = google::protobuf;
namespace aead = core::aead;

// A sealed cell: this byte, the id of the person as 16 bytes, a nonce, and the encrypted text with its tag.
constexpr char kForm = 1;
constexpr std::size_t kIdSize = 16;
constexpr std::size_t kNonceAt = 1 + kIdSize;
constexpr std::size_t kTextAt = kNonceAt + aead::kNonceSize;

/// What something sealed is bound to. The parts hold no zero byte.
std::string context_of(std::initializer_list<std::string_view> parts) {
  std::string context;
  for (const std::string_view part : parts) context.append(part).append(1, '\0');
  return context;
}

std::string bytes_of_id(std::string_view id) {
  std::string digits(id);
  std::erase(digits, '-');
  std::optional<std::string> bytes = core::from_hex(digits);
  if (!bytes || bytes->size() != kIdSize) throw std::logic_error("the id of a person is no UUID");
  return *std::move(bytes);
}

std::string id_in(std::string_view sealed) {
  const std::string digits = core::hex(sealed.substr(1, kIdSize));
  std::string id;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) id += '-';
    id += digits[i];
  }
  return id;
}

const Many& keys_of_persons() {
  static const Many kKeys = Many::values("SELECT person_id, key_id, wrapped FROM person_keys WHERE person_id");
  return kKeys;
}

}  // namespace

bool Sealed::is_form_of(std::string_view bytes) {
  return bytes.size() >= kTextAt + aead::kTagSize && bytes[0] == kForm;
}

Person Person::of(Tx& tx, std::string_view id) {
  std::optional<core::SecretBytes> key = find_person_key(tx, id);
  return {id, key ? *std::move(key) : make_person_key(tx, id)};
}

Sealed Person::seal(Tx& tx, const SealedColumn& column, std::string_view row_id, std::string_view text) const {
  if (text.empty()) return Sealed({});
  const std::string nonce = tx.random_bytes(aead::kNonceSize);
  std::string bytes(1, kForm);
  bytes.append(bytes_of_id(id_)).append(nonce);
  bytes.append(aead::seal(key_.view(), nonce, text, context_of({column.table, column.name, row_id})));
  return Sealed(std::move(bytes));
}

void Opener::fetch(std::span<const std::string> sealed) {
  std::vector<std::string> ids;
  for (const std::string& cell : sealed) {
    if (!Sealed::is_form_of(cell)) continue;  // `open` says so
    std::string id = id_in(cell);
    if (!keys_.contains(id)) ids.push_back(std::move(id));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (keys_.size() + ids.size() > kMostKeys) keys_.clear();
  std::vector<Value> values;
  for (const std::string& id : ids) {
    keys_.emplace(id, std::nullopt);
    values.push_back(to_value(id));
  }
  keys_of_persons().each(values, [this](std::string_view sql, std::span<const Value> some) {
    for (const Row& row : tx_.query_values(sql, some))
      keys_.insert_or_assign(std::string(row.text(0)), person_key_of(tx_, row));
  });
}

std::string Opener::open(const SealedColumn& column, std::string_view row_id, std::string_view sealed) {
  if (sealed.empty()) return {};
  const auto refuse = [&] {
    return std::runtime_error(std::string(column.table).append(".").append(column.name).append(" of ").append(row_id) +
                              " holds what was not sealed there");
  };
  if (!Sealed::is_form_of(sealed)) throw refuse();
  const std::string person = id_in(sealed);
  auto found = keys_.find(person);
  if (found == keys_.end()) {
    const std::string cell(sealed);
    fetch(std::span(&cell, 1));
    found = keys_.find(person);
  }
  if (!found->second) return {};
  std::optional<std::string> text = aead::open(found->second->view(), sealed.substr(kNonceAt, aead::kNonceSize),
                                               sealed.substr(kTextAt), context_of({column.table, column.name, row_id}));
  if (!text) throw refuse();
  return *std::move(text);
}

void unseal(ReadTx& tx, pb::Message& message, std::span<const SealedField> fields) {
  pb::Message* const only = &message;
  unseal(tx, std::span(&only, 1), fields);
}

void unseal(ReadTx& tx, std::span<pb::Message* const> messages, std::span<const SealedField> fields) {
  if (messages.empty()) return;
  const pb::Descriptor& type = *messages.front()->GetDescriptor();
  const pb::Reflection& reflection = *messages.front()->GetReflection();
  const auto field_of = [&](std::string_view name) {
    const pb::FieldDescriptor* const field = type.FindFieldByName(std::string(name));
    if (field == nullptr) throw std::logic_error(type.full_name() + " has no field " + std::string(name));
    return field;
  };

  Opener opener(tx);
  std::vector<std::string> cells;
  for (const SealedField& sealed : fields) {
    const pb::FieldDescriptor* const field = field_of(sealed.field);
    for (const pb::Message* const message : messages) cells.push_back(reflection.GetString(*message, field));
  }
  opener.fetch(cells);
  for (const SealedField& sealed : fields) {
    const pb::FieldDescriptor* const field = field_of(sealed.field);
    const pb::FieldDescriptor* const row_id = field_of(sealed.row_id);
    for (pb::Message* const message : messages) {
      std::string text =
          opener.open(sealed.column, reflection.GetString(*message, row_id), reflection.GetString(*message, field));
      if (text.empty()) {
        reflection.ClearField(message, field);
      } else {
        reflection.SetString(message, field, std::move(text));
      }
    }
  }
}

Lookup Lookup::of(ReadTx& tx, const SealedColumn& column, std::string_view value) {
  if (value.empty()) return Lookup({});
  return Lookup(tx.keys().ring()->lookup(context_of({column.table, column.name}), value));
}

void require_sealed(std::string_view sql, std::span<const Value> values) {
  try {
    sealed_sql::parameters(sql, [&](int parameter) {
      const auto index = static_cast<std::size_t>(parameter) - 1;
      if (index >= values.size() || std::holds_alternative<std::monostate>(values[index])) return;
      const auto* const blob = std::get_if<Blob>(&values[index]);
      if (blob == nullptr || !Sealed::is_form_of(blob->bytes))
        throw "a column of personal data takes Sealed and nothing else";
    });
  } catch (const char* const fault) {
    throw std::logic_error(std::string(fault).append(": ").append(sql));
  }
}

bool erase_person(Tx& tx, std::string_view id) {
  return tx.run("DELETE FROM person_keys WHERE person_id = $1", id) == 1;
}

}  // namespace wenming::domain
